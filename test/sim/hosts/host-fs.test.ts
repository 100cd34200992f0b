import { Bash, InMemoryFs } from 'just-bash';
import { describe, expect, it } from 'vitest';
import { HostFs } from '#sim/hosts/host-fs.ts';

const acts: Record<string, (fs: HostFs) => void | Promise<void>> = {
  writeFileSync: fs => fs.writeFileSync('/etc/a', '1'),
  writeFileLazy: fs => fs.writeFileLazy('/etc/a', () => '1'),
  writeFile: fs => fs.writeFile('/etc/a', '1'),
  appendFile: fs => fs.appendFile('/etc/a', '1'),
  mkdir: fs => fs.mkdir('/etc/b'),
  mkdirSync: fs => fs.mkdirSync('/etc/b'),
  rm: fs => fs.rm('/etc/a', { force: true }),
  cp: fs => fs.cp('/etc/there', '/etc/a'),
  mv: fs => fs.mv('/etc/there', '/dev/a'),
  chmod: fs => fs.chmod('/etc/there', 0o600),
  symlink: fs => fs.symlink('there', '/etc/a'),
  link: fs => fs.link('/etc/there', '/etc/a'),
};
/** Names, contents, modes and links are all that is compared; times aren't. */
const harmless = /^(constructor|read.*|exists|l?stat|getAllPaths|realpath|resolve.*|utimes)$/;
/** The library's own, called by the acts alone. */
const inner =
  /^(assertCanAllocate|contentByteLength|deleteEntry|ensureParentDirs|identityFor|material.*|setEntry|storedByteLength|wouldReleaseBytes)$/;

function filled(): HostFs {
  const fs = new HostFs();
  fs.writeFileSync('/etc/there', 'x');
  new Bash({ fs });
  return fs;
}

describe("a pretend host's files", () => {
  it('know every act of the file system that may change one', () => {
    const names = Object.getOwnPropertyNames(InMemoryFs.prototype);
    expect(names.filter(name => !harmless.test(name) && !inner.test(name)).sort()).toEqual(Object.keys(acts).sort());
  });

  it.each(Object.keys(acts))('are counted as changed by %s', async name => {
    const fs = filled();
    const before = fs.changes;
    const done = acts[name]?.(fs);
    const begun = fs.changes;
    expect(begun).toBeGreaterThan(before);
    if (done === undefined) return;
    await done;
    expect(fs.changes).toBeGreaterThan(begun);
  });

  it('are the same after a command that only reads, and after one that writes where everything is made anew', async () => {
    const fs = filled();
    const before = fs.changes;
    const ran = await new Bash({ fs }).exec('cat /etc/there; ls / > /dev/null; test -e /etc/none', { rawScript: true });
    expect(ran.stdout).toBe('x');
    expect(fs.changes).toBe(before);
    await new Bash({ fs }).exec('echo y > /etc/there', { rawScript: true });
    expect(fs.changes).toBeGreaterThan(before);
  });

  it('are changed by a folder that was taken away and made again, and by a way around what is made anew', async () => {
    const fs = filled();
    fs.mkdirSync('/etc/b');
    const first = fs.changes;
    fs.mkdirSync('/etc/b', { recursive: true });
    expect(fs.changes).toBe(first);
    await fs.rm('/etc/b', { recursive: true });
    const gone = fs.changes;
    fs.mkdirSync('/etc/b');
    expect(fs.changes).toBeGreaterThan(gone);
    const before = fs.changes;
    fs.writeFileSync('/proc/../etc/c', '1');
    expect(fs.changes).toBeGreaterThan(before);
  });
});

import ssh2 from 'ssh2';
import { done, failed, type HostCommand, split } from '../call.ts';

/** Makes a key pair without passphrase in two files, as `ssh-keygen -t ed25519 -N '' -C COMMENT -f FILE` does. */
export const sshKeygen: HostCommand = async ({ host, args }) => {
  const { values } = split(args, ['-t', '-N', '-C', '-f', '-b']);
  const file = values.get('-f');
  if (file === undefined) return failed('ssh-keygen: only -f FILE is known here');
  if (await host.fs.exists(file)) return failed(`${file} already exists.`);
  const { private: text, public: line } = ssh2.utils.generateKeyPairSync('ed25519');
  await host.fs.writeFile(file, text);
  await host.fs.writeFile(`${file}.pub`, `${line.trim().split(' ').slice(0, 2).join(' ')} ${values.get('-C') ?? ''}\n`);
  await host.keep();
  return done();
};

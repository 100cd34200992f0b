import { name, number, path } from './reading-patterns.ts';
import type { ReadingRule } from './reading-rule.ts';

/** Files and folders. */
export const filesReadings: readonly ReadingRule[] = [
  {
    program: 'du',
    reads: 'used space and numbers of files',
    flags: ['-s', '-x', '-b', '-k', '-h', '-m', '-c', '--inodes', '--apparent-size', '--summarize'],
    options: { '-d': number, '--max-depth': number, '-B': /^[0-9]*[KMG1]?$/ },
    operands: path,
    atLeast: 1,
  },
  {
    program: 'find',
    reads: 'names of files; it runs, deletes and writes nothing',
    flags: [
      '-xdev',
      '-mount',
      '-print',
      '-print0',
      '-empty',
      '-type',
      '-name',
      '-printf',
      '-maxdepth',
      '-mindepth',
      '-newermt',
      '-mmin',
      '-mtime',
    ],
    operands: /^(?:\/[\x21-\x7e]*|[fdl]|[+]?[0-9]{1,6}|[A-Za-z0-9_.*?@:-]+|(?:%(?:T@|[pfsmugyh])|\\n|[ \t])+)$/,
    atLeast: 1,
  },
  {
    program: 'ls',
    reads: 'a directory',
    flags: ['-l', '-a', '-A', '-d', '-Z', '-1', '-n', '-h', '-t', '-i', '-R'],
    operands: path,
  },
  {
    program: 'stat',
    reads: 'owner, mode, times and context of files',
    flags: ['-L', '-f', '--dereference', '--file-system'],
    options: { '-c': /^[^\0]*$/s, '--format': /^[^\0]*$/s, '--printf': /^[^\0]*$/s },
    operands: path,
    atLeast: 1,
  },
  {
    program: 'test',
    reads: 'whether a file is there',
    words: [['-e', '-f', '-d', '-L', '-b', '-s', '-x', '-r', '-w', '-S', '-h', '-p']],
    operands: path,
    atLeast: 1,
  },
  {
    program: 'getfattr',
    reads: 'extended attributes',
    flags: ['--only-values', '--absolute-names', '-d', '-h'],
    options: { '-n': name, '-m': /^[\w.^-]+$/ },
    operands: path,
    atLeast: 1,
  },
  { program: 'readlink', reads: 'where a link leads', flags: ['-f', '-e'], operands: path, atLeast: 1 },
  {
    program: 'cat',
    reads: "the kernel's and the system's own state; other files are read as files",
    operands:
      /^(?:\/proc\/(?:mdstat|mounts|swaps|uptime|loadavg|meminfo|cmdline|sys\/kernel\/random\/boot_id|[0-9]+\/(?:stat|status|cmdline|comm))|\/etc\/(?:os-release|fedora-release|fstab|hostname))$/,
    atLeast: 1,
  },
  {
    program: 'head',
    reads: 'the beginning of files that everybody may read',
    options: { '-n': number, '-c': number },
    operands: path,
    atLeast: 1,
    as: 'nobody',
  },
  { program: 'wc', reads: 'lengths of files', flags: ['-l', '-c', '-w', '-m'], operands: path, atLeast: 1 },
  { program: 'sha256sum', reads: 'checksums of files', operands: path, atLeast: 1 },
  {
    program: 'xz',
    reads: 'whether a compressed file is whole; it is not unpacked',
    words: [['-t', '--test']],
    flags: ['-q', '-v', '-T0'],
    operands: path,
    atLeast: 1,
  },
  {
    program: 'zgrep',
    reads:
      "of Ansible's logs of plays who played, which tasks failed, and the recap; no arguments, variables or results",
    words: [
      ['-h'],
      ['-o'],
      ['-P'],
      [
        String.raw`^[^\t]*\t[0-9]+\t([A-Z_:]*(FAILED|UNREACHABLE)\t[^\t]*|[A-Z_:]*STATS\t[^\t]*\t.*)`,
        '^    "userid": .*',
      ],
    ],
    operands:
      /^(?!.*\/\.\.(?:\/|$))\/[\x21-\x7e]+\/[0-9]{4}\/[0-9]{2}\/[0-9]{2}\/[0-9.]{8}\/(?:[A-Za-z0-9._-]+\.log(?:\.gz)?|playbook-[0-9]+\.info)$/,
    atLeast: 1,
  },
  {
    program: 'xzgrep',
    reads: 'whether a dump says that it is complete; nothing else of it',
    words: [['-c'], ['^-- PostgreSQL database dump complete$']],
    operands: path,
    atLeast: 1,
  },
];

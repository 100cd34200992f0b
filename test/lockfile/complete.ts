import { completeLockfile } from './lockfile.ts';

// To be run after a change of dependencies: node test/lockfile/complete.ts
console.log(`${completeLockfile()} optional packages added to package-lock.json`);

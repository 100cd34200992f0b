#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

// Halves the start. Beside the packages, so that whoever may write there could change the code itself anyhow; where nobody
// may, nothing is kept.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/ferry'));
// Waits most of the time: a small young generation keeps it and every git that it starts small.
setFlagsFromString('--max-semi-space-size=2');
const { ferry } = await import('./cli/ferry.ts');

process.exitCode = await ferry(process.argv.slice(2));

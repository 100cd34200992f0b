#!/usr/bin/env node
import { ferry } from './cli/ferry.ts';

process.exitCode = await ferry(process.argv.slice(2));

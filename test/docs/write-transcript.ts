import { readFileSync, writeFileSync } from 'node:fs';
import { playDemo, readme, withTranscript } from './transcript.ts';

/** `npm run transcript`: plays the demo and puts its output into README.md. */
writeFileSync(readme, withTranscript(readFileSync(readme, 'utf8'), await playDemo()));

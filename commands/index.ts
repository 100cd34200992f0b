import type { Command } from '#chat/define-command.ts';
import { announce } from './announce.ts';
import { approve } from './approve.ts';
import { ask } from './ask.ts';
import { cancel } from './cancel.ts';
import { done } from './done.ts';
import { help } from './help.ts';
import { log } from './log.ts';
import { notYet } from './not-yet.ts';
import { note } from './note.ts';
import { output } from './output.ts';
import { pause } from './pause.ts';
import { plan } from './plan.ts';
import { resume } from './resume.ts';
import { retire } from './retire.ts';
import { retry } from './retry.ts';
import { rollback } from './rollback.ts';
import { runs } from './runs.ts';
import { settle } from './settle.ts';
import { skip } from './skip.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { take } from './take.ts';
import { targets } from './targets.ts';
import { upgrade } from './upgrade.ts';
import { who } from './who.ts';
import { whoami } from './whoami.ts';
import { why } from './why.ts';

/** All chat commands, in the order in which help and the docs show them. */
export const commands: readonly Command[] = [
  help,
  targets,
  status,
  runs,
  plan,
  why,
  log,
  output,
  whoami,
  who,
  upgrade,
  ask,
  start,
  approve,
  cancel,
  pause,
  resume,
  take,
  note,
  retry,
  done,
  skip,
  rollback,
  settle,
  announce,
  retire,
  notYet,
];

import { defineStep } from '#engine/define-step.ts';

/** The run's report is drawn from the journal whenever it is asked for; this step marks that its story is whole. */
export const writeUp = defineStep({
  id: 'write-up',
  title: 'Close the run for its report',
  danger: 'safe',
});

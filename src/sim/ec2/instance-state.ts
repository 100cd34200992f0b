import type { SimInstance } from '../state.ts';

const codes: Readonly<Record<SimInstance['State']['Name'], number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** Sets an instance's state and its code. Status checks begin anew with whatever isn't running. */
export function setState(instance: SimInstance, name: SimInstance['State']['Name']): void {
  instance.State = { Code: codes[name], Name: name };
  if (name !== 'running') instance.StatusOkAt = 0;
}

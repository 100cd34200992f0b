import { startInstance } from '#changes/start-instance.ts';
import { defineStep } from '#engine/define-step.ts';
import { fedoraOf } from '../read/host-facts.ts';
import { scene } from '../scene.ts';
import { returnSettings } from './check-return.ts';

/**
 * The old instance runs again, beside the one that serves: with its services disabled and without its data, as the upgrade
 * left it. It is the one that it was when it answers with its pinned keys and as its own Fedora.
 */
export const startOld = defineStep({
  id: 'start-old',
  title: 'Start the old instance, its services off',
  danger: 'safe',
  limit: 'launch',
  plan: context => [startInstance({ instance: scene(context).new.instance })],
  async verify({ shell }, context) {
    const { kept } = returnSettings(context);
    const fedora = await fedoraOf(shell, { instance: kept.instance });
    if (fedora === kept.fedora) return { ok: true, note: `Fedora ${fedora}` };
    return { ok: false, why: `${kept.instance} runs Fedora ${fedora}, it was ${kept.fedora}` };
  },
});

import type { ChatEnvironment, ChatEstate } from '#chat/chat-estate.ts';
import type { Outlook } from '#chat/outlook.ts';

const minute = 60_000;

/** An environment of alice, bob, carol and dan. */
export function environment(name: string, more: Partial<ChatEnvironment> = {}): ChatEnvironment {
  return {
    name,
    ask: ['alice', 'bob', 'carol', 'dan'],
    approvers: ['alice', 'bob', 'carol', 'dan'],
    mention: ['bob', 'carol'],
    page: ['dan'],
    work: '!work:sim',
    tell: ['!tell:sim'],
    ...more,
  };
}

/** Two environments in one work room, with a backend and a keygen each; mallory is nobody. */
export function chatEstate(more: Partial<ChatEstate> = {}): ChatEstate {
  const target = (name: string, env: string, role: 'backend' | 'keygen') => ({
    name,
    environment: env,
    role,
    address: `${name}.example.org`,
  });
  return {
    environments: { dev: environment('dev'), prod: environment('prod') },
    targets: {
      'copr-be-dev': target('copr-be-dev', 'dev', 'backend'),
      'copr-keygen-dev': target('copr-keygen-dev', 'dev', 'keygen'),
      'copr-be': target('copr-be', 'prod', 'backend'),
    },
    people: {
      alice: ['@alice:sim', '@alice-phone:sim'],
      bob: ['@bob:sim'],
      carol: ['@carol:sim'],
      dan: ['@dan:sim'],
    },
    approve: '✅',
    reject: '❌',
    timing: {
      remind: 15 * minute,
      page: 30 * minute,
      expire: 3 * 24 * 60 * minute,
      haltRemind: 5 * minute,
      haltPage: 10 * minute,
      editOutage: 10_000,
      editPrepare: minute,
      lineEvery: 15 * minute,
      repostAfter: 20,
      staleCommand: 2 * minute,
      retireRemind: 3 * 24 * 60 * minute,
      retireAgain: 7 * 24 * 60 * minute,
    },
    freshFacts: 15 * minute,
    ...more,
  };
}

const toyTime = (step: string) =>
  ({ 'make-new': 4 * minute, brew: 12 * minute, 'move-parts': 2 * minute })[step] ?? 5_000;

/** The toy procedure as users would notice it. */
export const toyOutlook: Outlook = {
  windows: [
    { service: 'builds', role: 'backend', from: ['stop-services'], until: ['check-service'] },
    { service: 'repositories', role: 'backend', from: ['move-parts'], until: ['brew'] },
  ],
  stepTime: toyTime,
  backTime: step => Math.min(minute, toyTime(step)),
  checked: 'toys and boxes',
  releases: () => ({ from: 1, to: 3 }),
  sshTo: () => undefined,
};

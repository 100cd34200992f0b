import type { Estate } from '#estate/schema.ts';
import type { ChatEstate } from './chat-estate.ts';

/**
 * The estate as the chat layer sees it on Matrix.
 *
 * @param roomId the id of a configured room, which may stand there by its alias.
 */
export function chatEstateOf(estate: Estate, roomId: (room: string) => string): ChatEstate {
  const { people: timing } = estate.timing;
  const environments = Object.values(estate.environments).map(one => ({
    name: one.name,
    ask: one.ask,
    approvers: one.approvers,
    mention: one.mention,
    page: one.page,
    settleFor: one.settleFor,
    work: roomId(one.rooms.work),
    tell: one.rooms.tell.map(roomId),
    announce: Object.values(one.announce).flatMap(told => told.rooms.map(roomId)),
  }));
  const targets = Object.entries(estate.targets).map(([name, target]) => ({
    name,
    environment: target.environment,
    role: target.role,
    address: target.elasticIp.address,
  }));
  const people = Object.entries(estate.people).map(([name, person]) => {
    const { matrix } = person.accounts;
    return [name, matrix === undefined ? [] : [matrix]] as const;
  });
  return {
    environments: Object.fromEntries(environments.map(one => [one.name, one])),
    targets: Object.fromEntries(targets.map(one => [one.name, one])),
    people: Object.fromEntries(people),
    approve: estate.chat.approve,
    reject: estate.chat.reject,
    timing: {
      remind: timing.remind,
      page: timing.page,
      expire: timing.expire,
      haltRemind: timing.haltRemind,
      haltPage: timing.haltPage,
      editOutage: timing.editOutage,
      editPrepare: timing.editPrepare,
      lineEvery: timing.lineEvery,
      repostAfter: timing.repostAfter,
      staleCommand: timing.staleCommand,
      retireRemind: timing.retireRemind,
      retireAgain: timing.retireAgain,
    },
    freshFacts: timing.freshFacts,
  };
}

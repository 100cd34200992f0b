import { type MatrixChat, type MatrixChatOptions, matrixChat } from '#adapters/matrix/matrix-chat.ts';
import { Halt } from '#core/errors.ts';
import { type Config, need } from '#estate/config.ts';
import type { Estate } from '#estate/schema.ts';

/** What an account's chat needs besides its token: where its position is kept, who hears of trouble, when it ends. */
export type ChatAccountOptions = Pick<MatrixChatOptions, 'storage' | 'onTrouble' | 'now' | 'closing'>;

/**
 * How to reach the chat of the estate, for the account whose token it is: everything is judged against that id. Makes no
 * request before it is called.
 *
 * @returns opens the chat; it throws Unknown, or Refused `chat-token-refused`.
 * @throws EstateError naming the variable that is missing, Halt `no-chat`.
 */
export function chatOf(estate: Estate, config: Config) {
  const { matrixAccessToken } = need(config, 'matrixAccessToken');
  const { matrix } = estate.chat;
  if (matrix === undefined) throw new Halt('no-chat', 'the estate names no chat: put chat.matrix in');
  const { homeserver } = matrix;
  return async (options: (account: string) => ChatAccountOptions): Promise<MatrixChat> => {
    const open = (userId: string) =>
      matrixChat({ homeserver, accessToken: matrixAccessToken.reveal(), userId, ...options(userId) });
    return open(await open('').whoAmI());
  };
}

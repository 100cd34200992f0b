import { type MatrixChat, type MatrixChatOptions, matrixChat } from '#adapters/matrix/matrix-chat.ts';
import { Halt } from '#core/errors.ts';
import { type Config, need } from '#estate/config.ts';
import type { Estate } from '#estate/schema.ts';

/**
 * The chat of the estate, for the account whose token it is: everything is judged against that id.
 *
 * @param options for that account: where its position is kept, who hears of trouble.
 * @throws EstateError naming the variable that is missing, Halt `no-chat`, Refused `chat-token-refused`.
 */
export async function openChat(
  estate: Estate,
  config: Config,
  options: (account: string) => Pick<MatrixChatOptions, 'storage' | 'onTrouble' | 'now'>,
): Promise<MatrixChat> {
  const { matrixAccessToken } = need(config, 'matrixAccessToken');
  const { matrix } = estate.chat;
  if (matrix === undefined) throw new Halt('no-chat', 'the estate names no chat: put chat.matrix in');
  const open = (userId: string) =>
    matrixChat({
      homeserver: matrix.homeserver,
      accessToken: matrixAccessToken.reveal(),
      userId,
      ...options(userId),
    });
  return open(await open('').whoAmI());
}

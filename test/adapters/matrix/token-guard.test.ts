import { expect, test } from 'vitest';
import { matrixCall } from '#adapters/matrix/matrix-call.ts';
import { type MatrixClient, MatrixError } from '#adapters/matrix/matrix-sdk.ts';
import { tokenGuard } from '#adapters/matrix/token-guard.ts';

function server() {
  const state = { now: 0, takes: false, requests: 0 };
  const client: MatrixClient = {
    doRequest: async () => {
      state.requests += 1;
      if (state.takes) return {};
      throw new MatrixError({ errcode: 'M_UNKNOWN_TOKEN', error: 'Invalid access token passed.' }, 401);
    },
  };
  const guarded = tokenGuard(client, () => state.now);
  const call = () => matrixCall(guarded, { method: 'GET', path: 'client/v3/sync' }, 0);
  return { state, call };
}

test('a token that is refused is sent seven times in two minutes, however often something is asked for', async () => {
  const { state, call } = server();
  for (; state.now < 120_000; state.now += 50) {
    await expect(call()).rejects.toMatchObject({ code: 'chat-token-refused' });
  }
  expect(state.requests).toBe(7);
});

test('a token that is taken again is used at once', async () => {
  const { state, call } = server();
  await expect(call()).rejects.toMatchObject({ code: 'chat-token-refused' });
  state.takes = true;
  state.now = 999;
  await expect(call()).rejects.toMatchObject({ code: 'chat-token-refused' });
  state.now = 1_000;
  await call();
  await call();
  expect(state.requests).toBe(3);
});

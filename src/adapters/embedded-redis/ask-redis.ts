import { connect } from 'node:net';

/**
 * Asks a Redis on a socket one command without arguments that need quoting, and gives its answer's first part.
 *
 * @param limitMs after which it counts as no answer.
 * @returns the raw answer, or undefined when nobody answers there.
 */
export function askRedis(socket: string, command: string, limitMs = 1_000): Promise<string | undefined> {
  return new Promise(resolve => {
    const connection = connect({ path: socket });
    let answer = '';
    const end = (said: string | undefined) => {
      connection.destroy();
      resolve(said);
    };
    connection.setTimeout(limitMs, () => end(undefined));
    connection.on('error', () => end(undefined));
    connection.on('close', () => end(undefined));
    connection.on('connect', () => connection.write(`${command}\r\n`));
    connection.on('data', data => {
      answer += data.toString('latin1');
      if (isWhole(answer)) end(answer);
    });
  });
}

/** A simple string or an error ends with its line; a bulk string after as many bytes as its first line says. */
function isWhole(answer: string): boolean {
  const line = answer.indexOf('\r\n');
  if (line < 0) return false;
  return !answer.startsWith('$') || answer.length >= line + 2 + Number(answer.slice(1, line)) + 2;
}

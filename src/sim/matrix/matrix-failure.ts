import type { Fields } from './matrix-state.ts';

/** An answer that isn't a success, as the Client-Server API words it. */
export class MatrixFailure extends Error {
  readonly status: number;
  readonly errcode: string;
  readonly extra: Fields;
  constructor(status: number, errcode: string, message: string, extra: Fields = {}) {
    super(message);
    this.status = status;
    this.errcode = errcode;
    this.extra = extra;
  }

  get body(): Fields {
    return { errcode: this.errcode, error: this.message, ...this.extra };
  }
}

export function forbidden(message: string): MatrixFailure {
  return new MatrixFailure(403, 'M_FORBIDDEN', message);
}

export function notFound(message: string): MatrixFailure {
  return new MatrixFailure(404, 'M_NOT_FOUND', message);
}

export function badRequest(errcode: string, message: string): MatrixFailure {
  return new MatrixFailure(400, errcode, message);
}

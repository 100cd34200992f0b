import { badRequest, MatrixFailure, notFound } from './matrix-failure.ts';
import type { Fields } from './matrix-state.ts';
import { randomId } from './room-store.ts';
import type { MatrixRequest, RawAnswer, Route } from './route.ts';

/** The largest upload, in bytes; a client reads it from `/media/config`. */
const maxUpload = 10 * 1024 * 1024;

function upload({ store, query, raw, contentType }: MatrixRequest): Fields {
  if (raw.length > maxUpload) throw new MatrixFailure(413, 'M_TOO_LARGE', 'Upload request body is too large');
  const id = randomId(18);
  store.state.media[id] = {
    type: contentType === '' ? 'application/octet-stream' : contentType,
    name: query.get('filename') ?? '',
    data: raw.toString('base64'),
  };
  store.save();
  return { content_uri: `mxc://${store.serverName}/${id}` };
}

function download({ store, params }: MatrixRequest): RawAnswer {
  if (params.server !== store.serverName) throw badRequest('M_UNKNOWN', 'Only media of this server is here');
  const found = store.state.media[params.media ?? ''];
  if (found === undefined) throw notFound('Media not found');
  return { raw: Buffer.from(found.data, 'base64'), type: found.type };
}

const mediaPath = ':server/:media';

export const mediaRoutes: readonly Route[] = [
  { method: 'POST', paths: ['media/v3/upload'], action: 'upload', handle: upload },
  {
    method: 'GET',
    paths: [`client/v1/media/download/${mediaPath}`, `client/v1/media/download/${mediaPath}/:name`],
    action: 'download',
    handle: download,
  },
  {
    method: 'GET',
    paths: ['client/v1/media/config', 'media/v3/config'],
    action: 'media-config',
    handle: () => ({ 'm.upload.size': maxUpload }),
  },
];

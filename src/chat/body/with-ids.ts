import type { Line, Span } from '#ports/message-body.ts';

/** Ids of AWS, addresses, commits, devices and paths: what people copy. */
const ids =
  /\b(?:i|vol|snap|eni|eipalloc|eipassoc|ami|sg|subnet|vpc)-[0-9a-f]{8,17}\b|\b\d{1,3}(?:\.\d{1,3}){3}(?:\/\d+)?\b|\b[0-9a-f]{1,4}(?::{1,2}[0-9a-f]{1,4}){3,7}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b|(?<![\w/])\/[\w.@:+-]+(?:\/[\w.@:+-]+)+/g;

/** A line whose ids, addresses and paths stand as code: a network doesn't break them, and a person copies them whole. */
export function withIds(text: string): Line {
  const spans: Span[] = [];
  let at = 0;
  for (const found of text.matchAll(ids)) {
    if (found.index > at) spans.push(text.slice(at, found.index));
    spans.push({ code: found[0] });
    at = found.index + found[0].length;
  }
  if (spans.length === 0) return text;
  if (at < text.length) spans.push(text.slice(at));
  return spans;
}

/** An absolute path, without control characters and without a step upwards. */
export const path = /^(?!.*\/\.\.(?:\/|$))\/[\x20-\x7e\u00a0-\uffff]*$/;
export const unit = /^[A-Za-z0-9@][A-Za-z0-9@._:*\\-]*$/;
export const name = /^[A-Za-z0-9_][A-Za-z0-9_.@:+-]*$/;
export const columns = /^\+?[A-Za-z0-9_:%,+-]+$/;
/** A column may have a heading of its own, or an empty one. */
export const psColumns = /^[A-Za-z0-9_:%,=-]+$/;
export const number = /^[0-9]{1,9}$/;
export const host = /^[A-Za-z0-9][A-Za-z0-9.:_-]*$/;
export const commit = /^[A-Za-z0-9_][A-Za-z0-9_./~^:@{}-]*$/;
/** For LVM's reports: none of these flags takes a configuration or a command. */
export const lvm = {
  flags: ['--noheadings', '--nosuffix', '--all', '-a', '--readonly'],
  options: {
    '-o': columns,
    '--options': columns,
    '--units': /^[bBsSkKmMgGhH]$/,
    '--reportformat': /^(json|json_std|basic)$/,
    '--separator': /^[,;:|]$/,
  },
  operands: name,
};
/**
 * A statement that reads: SELECT or SHOW, one, without the functions and clauses that change something all the same.
 * psql also gets read-only transactions by its environment.
 */
export const statement =
  /^\s*(?:SELECT|SHOW)\b(?![\s\S]*(?:;|\\|\binto\b|\bfor\s+(?:no\s+key\s+)?(?:update|share|key)\b|\bpg_(?:terminate|cancel|reload|rotate|switch|promote|create|drop|start|stop|backup|logical|replication|advisory|try_advisory|notify|read|write|file|ls|stat_reset|import|log_)\w*|\blo_\w+|\bdblink\w*|\bset_config|\bsetval|\bnextval|\bcopy\b|\bquery_to_xml))/i;

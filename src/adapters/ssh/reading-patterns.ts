/** An absolute path, without control characters and without a step upwards. */
export const path = /^(?!.*\/\.\.(?:\/|$))\/[\x20-\x7e\u00a0-\uffff]*$/;
export const unit = /^[A-Za-z0-9@][A-Za-z0-9@._:*\\-]*$/;
export const name = /^[A-Za-z0-9_][A-Za-z0-9_.@:+-]*$/;
export const columns = /^\+?[A-Za-z0-9_:%,+-]+$/;
/** Columns of ps, none of which is the environment; a column may have a width, a heading of its own, or an empty one. */
export const psColumns =
  /^(?:(?:pid|ppid|user|uid|args|comm|etimes?|stat|lstart|rss|pcpu|pmem)(?::[0-9]{1,3})?(?:=[A-Za-z0-9_-]*)?(?:,(?!$)|$))+$/;
/** Properties of units, without those that hold an environment or a command line. */
export const unitProperties =
  /^(?:(?:Id|Names|LoadState|ActiveState|SubState|UnitFileState|Type|Result|FragmentPath|MainPID|ExecMainStatus|NextElapseUSecRealtime|TriggeredBy|Triggers)(?:,(?!$)|$))+$/;
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
 * An address of a page: a name whose last label is one of letters, or a whole address. Never the metadata service, whose
 * answers hold an instance's own credentials, nor a number that curl would take for an address.
 */
const pageHost =
  '(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\\.)*(?!0x)[A-Za-z][A-Za-z0-9-]*|(?!169\\.254\\.)(?!0)(?:(?:0|[1-9][0-9]{0,2})(?:\\.(?!$)|(?![0-9.]))){4}|\\[(?!fe80:|fd00:ec2:|[^\\]]*\\.)[0-9A-Fa-f:]+\\])';
export const page = new RegExp(`^https?://${pageHost}(?::[0-9]{1,5})?(?:[/?#][^\\s\\\\{}]*)?$`);
export const securePage = new RegExp(`^https://${pageHost}(?::[0-9]{1,5})?(?:[/?#][^\\s\\\\{}]*)?$`);
export const resolution =
  /^[A-Za-z0-9.-]+:[0-9]+:(?!169\.254\.|\[?(?:fe80|fd00:ec2):|0)(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[?[0-9a-fA-F:]+\]?)$/;

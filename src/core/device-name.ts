/** A device's name as its attachment is compared: AWS echoes `sdd` or `/dev/sdd`, whichever it was given, and both are one. */
export function plainDevice(name: string): string {
  return name.replace(/^\/dev\//, '');
}

/** Whether two names are of one device. `xvdd` is another than `sdd`: AWS tells them apart. */
export function sameDevice(one: string, other: string): boolean {
  return plainDevice(one) === plainDevice(other);
}

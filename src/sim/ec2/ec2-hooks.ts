type MaybePromise<T> = T | Promise<T>;

/** What the pretend hosts are told, and asked, by the pretend EC2. State is in the kernel already when a hook is called. */
export interface Ec2Hooks {
  /** Made by RunInstances, still pending: its host keys may be asked for from now on. */
  launched(instanceId: string): MaybePromise<void>;
  /** Described as terminated; its root volume is gone. Follows `stateChanged`. */
  terminated(instanceId: string): MaybePromise<void>;
  /** `State.Name` is another one: a host answers while it is running (and has booted), never otherwise. */
  stateChanged(instanceId: string): MaybePromise<void>;
  /** A volume was attached to it (the device is there), or detached from it (the device is gone). */
  volumesChanged(instanceId: string): MaybePromise<void>;
  /** Its Elastic IP, automatic address or IPv6 addresses changed. */
  addressesChanged(instanceId: string): MaybePromise<void>;
  /** RebootInstances. */
  rebooted?(instanceId: string): MaybePromise<void>;
  /** Whether the host still has it mounted, in an array or in a volume group: its detachment is `busy` until then. */
  inUse(volumeId: string, instanceId: string): boolean;
  /** Public host keys as they stand in /etc/ssh/*.pub: cloud-init prints them to the console. */
  hostKeys(instanceId: string): MaybePromise<readonly string[]>;
}

/** Of `GET /_sim/world`, what the demo compares. */
export interface WorldView {
  readonly instances: readonly {
    readonly InstanceId: string;
    readonly State: { readonly Name: string };
    readonly PublicIpAddress?: string;
    readonly PrivateIpAddress: string;
    readonly NetworkInterfaces: readonly { readonly Ipv6Addresses: readonly { readonly Ipv6Address: string }[] }[];
    readonly BlockDeviceMappings: readonly {
      readonly DeviceName: string;
      readonly Ebs: { readonly VolumeId: string };
    }[];
    readonly DisableApiTermination: boolean;
    readonly RootDeviceName: string;
    readonly ImageId: string;
    readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
  }[];
  readonly rooms: readonly { readonly key?: string; readonly topic: string; readonly events: readonly unknown[] }[];
  readonly mails: readonly unknown[];
  readonly inventory: Readonly<Record<string, string>>;
}

/** A target in the world: its instance by name, with what must stay and what must change. */
export interface TargetView {
  readonly instance: string;
  readonly state: string;
  readonly publicIp: string;
  readonly privateIp: string;
  readonly ipv6: readonly string[];
  /** "vol-… sdd", without the root. */
  readonly volumes: readonly string[];
  readonly isProtected: boolean;
  readonly image: string;
}

/** The instances that carry a name, terminated ones left out. */
export function instancesNamed(world: WorldView, name: string): TargetView[] {
  return world.instances
    .filter(one => one.State.Name !== 'terminated' && one.Tags.some(tag => tag.Key === 'Name' && tag.Value === name))
    .map(one => ({
      instance: one.InstanceId,
      state: one.State.Name,
      publicIp: one.PublicIpAddress ?? '',
      privateIp: one.PrivateIpAddress,
      ipv6: one.NetworkInterfaces.flatMap(card => card.Ipv6Addresses.map(six => six.Ipv6Address)),
      volumes: one.BlockDeviceMappings.filter(device => device.DeviceName !== one.RootDeviceName)
        .map(device => `${device.Ebs.VolumeId} ${device.DeviceName}`)
        .sort(),
      isProtected: one.DisableApiTermination,
      image: one.ImageId,
    }));
}

/** A data volume of a seeded target. */
export interface SeededVolume {
  readonly id: string;
  /** As the Describe calls show it. */
  readonly device: string;
  readonly sizeGiB: number;
}

/** One of the eight hosts as the pretend estate holds it before any upgrade. */
export interface SeededTarget {
  readonly environment: 'dev' | 'prod';
  readonly role: 'frontend' | 'backend' | 'distgit' | 'keygen';
  readonly type: string;
  /** The instance, on the old Fedora. */
  readonly instance: string;
  readonly networkInterface: string;
  readonly privateIp: string;
  readonly ipv6: string;
  readonly allocation: string;
  readonly elasticIp: string;
  readonly rootVolume: string;
  readonly rootGiB: number;
  /** In the order of their devices. */
  readonly volumes: readonly SeededVolume[];
}

export type SeededName =
  | 'copr-fe-dev'
  | 'copr-be-dev'
  | 'copr-dist-git-dev'
  | 'copr-keygen-dev'
  | 'copr-fe'
  | 'copr-be'
  | 'copr-dist-git'
  | 'copr-keygen';

/** The estate's eight targets by name: ids, addresses, sizes and devices that the seeds of all services agree on. */
export const seededTargets: Readonly<Record<SeededName, SeededTarget>> = {
  'copr-fe-dev': {
    environment: 'dev',
    role: 'frontend',
    type: 't3a.medium',
    instance: 'i-04a9d1f5b7c2e6380',
    networkInterface: 'eni-0b6d2e8f41c3a7590',
    privateIp: '172.30.2.57',
    ipv6: '2600:1f18:8ee:ae00:9f14:2b07:6d3c:51aa',
    allocation: 'eipalloc-0c15d2a7e94b86f03',
    elasticIp: '18.213.44.17',
    rootVolume: 'vol-0d3f60a1b98e7c254',
    rootGiB: 50,
    volumes: [{ id: 'vol-01f9b3d6c74a8e520', device: '/dev/sdf', sizeGiB: 100 }],
  },
  'copr-be-dev': {
    environment: 'dev',
    role: 'backend',
    type: 't3a.medium',
    instance: 'i-068797506af611303',
    networkInterface: 'eni-03e7c95b18d2f4a60',
    privateIp: '172.30.2.145',
    ipv6: '2600:1f18:8ee:ae00:6c8c:e094:1c5b:c2f9',
    allocation: 'eipalloc-07d4b6a1f3e9825c0',
    elasticIp: '18.208.10.131',
    rootVolume: 'vol-0a2b7c4d9e1f6830d',
    rootGiB: 30,
    volumes: [
      { id: 'vol-0860700f1b82314b5', device: '/dev/sdd', sizeGiB: 160 },
      { id: 'vol-00ee3a18d4b88bd2d', device: '/dev/sde', sizeGiB: 160 },
      { id: 'vol-0c47a5e2913fb06d8', device: '/dev/sdf', sizeGiB: 160 },
      { id: 'vol-05b1e8d70f62c943a', device: '/dev/sdg', sizeGiB: 160 },
      { id: 'vol-0f8253c6a4d19e7b0', device: '/dev/sdh', sizeGiB: 80 },
      { id: 'vol-02d96b4e8f73a015c', device: '/dev/sdi', sizeGiB: 80 },
    ],
  },
  'copr-dist-git-dev': {
    environment: 'dev',
    role: 'distgit',
    type: 'r5a.large',
    instance: 'i-0b52c8e76d1f3a904',
    networkInterface: 'eni-0915f7d3c6b2e84a1',
    privateIp: '172.30.2.203',
    ipv6: '2600:1f18:8ee:ae00:41d7:8e5c:b930:72f6',
    allocation: 'eipalloc-0e38a9c5d71f4b260',
    elasticIp: '3.91.126.88',
    rootVolume: 'vol-07e5d2c8b6a4f9130',
    rootGiB: 80,
    volumes: [{ id: 'vol-0b64f1e93d7c528a6', device: '/dev/sdf', sizeGiB: 300 }],
  },
  'copr-keygen-dev': {
    environment: 'dev',
    role: 'keygen',
    type: 't3a.small',
    instance: 'i-0d19e4b6f8a27c053',
    networkInterface: 'eni-062ab9c4e7d5f1380',
    privateIp: '172.30.2.36',
    ipv6: '2600:1f18:8ee:ae00:d05e:7f61:3ac8:94b2',
    allocation: 'eipalloc-05f7c3e1b98d2a640',
    elasticIp: '54.225.23.248',
    rootVolume: 'vol-0918c7b5e3d2f4a60',
    rootGiB: 20,
    volumes: [{ id: 'vol-0e7a35d9c1b8f4062', device: '/dev/sdf', sizeGiB: 10 }],
  },
  'copr-fe': {
    environment: 'prod',
    role: 'frontend',
    type: 't3a.2xlarge',
    instance: 'i-0f3c7b1e95d28a460',
    networkInterface: 'eni-0d8e6f2a7c41b3950',
    privateIp: '172.30.2.12',
    ipv6: '2600:1f18:8ee:ae00:b70d:9c8a:b8e7:eb8b',
    allocation: 'eipalloc-0a64e2d9b57c1f380',
    elasticIp: '54.162.151.212',
    rootVolume: 'vol-0c2e9f7a5b8d41630',
    rootGiB: 80,
    volumes: [{ id: 'vol-08d5a7e3f1c96b240', device: '/dev/sdf', sizeGiB: 500 }],
  },
  'copr-be': {
    environment: 'prod',
    role: 'backend',
    type: 'm5a.4xlarge',
    instance: 'i-09e2f4c7a1d5b8630',
    networkInterface: 'eni-0a37d5e8c9f1b4260',
    privateIp: '172.30.2.164',
    ipv6: '2600:1f18:8ee:ae00:dfa3:f4f8:8a64:de0f',
    allocation: 'eipalloc-0b92d8f6e4a3c7150',
    elasticIp: '52.44.175.77',
    rootVolume: 'vol-0e16b9d4a7f3c8520',
    rootGiB: 160,
    volumes: [
      { id: 'vol-0a8d3f5c7b91e6240', device: '/dev/sdd', sizeGiB: 12288 },
      { id: 'vol-03b7e9d1c5f8a4620', device: '/dev/sde', sizeGiB: 12288 },
      { id: 'vol-0d5c1a9f8e3b72640', device: '/dev/sdf', sizeGiB: 12288 },
      { id: 'vol-0691f7b4d2e8c5a30', device: '/dev/sdg', sizeGiB: 12288 },
      { id: 'vol-0f2c8e6a9d4b13570', device: '/dev/sdh', sizeGiB: 12288 },
      { id: 'vol-04e8b1d7f6c95a320', device: '/dev/sdi', sizeGiB: 12288 },
    ],
  },
  'copr-dist-git': {
    environment: 'prod',
    role: 'distgit',
    type: 'r7a.xlarge',
    instance: 'i-0c4d8e2f9b7a15360',
    networkInterface: 'eni-0f1b7d9e3a5c82640',
    privateIp: '172.30.2.79',
    ipv6: '2600:1f18:8ee:ae00:ae6:ad6d:5c0a:6b5b',
    allocation: 'eipalloc-0d73f5a8c1b9e4260',
    elasticIp: '18.209.4.194',
    rootVolume: 'vol-05d9a3f7e1c8b2640',
    rootGiB: 80,
    volumes: [{ id: 'vol-0b1e7c9d5f3a84260', device: '/dev/sdf', sizeGiB: 6144 }],
  },
  'copr-keygen': {
    environment: 'prod',
    role: 'keygen',
    type: 'c7a.xlarge',
    instance: 'i-0a7e5d3c9f1b82640',
    networkInterface: 'eni-07c3b9e5d1f8a2640',
    privateIp: '172.30.2.208',
    ipv6: '2600:1f18:8ee:ae00:5f2e:8b13:c6d9:a047',
    allocation: 'eipalloc-03e9d7c5b1f8a2640',
    elasticIp: '54.83.48.73',
    rootVolume: 'vol-0f7b3d9e5c1a82640',
    rootGiB: 20,
    volumes: [{ id: 'vol-09c5e1b7d3f8a4260', device: '/dev/sdf', sizeGiB: 10 }],
  },
};

/** The free Elastic IP of each environment, which the backend's new instance gets while it is prepared. */
export const seededTemporaryAddresses = {
  dev: { allocation: 'eipalloc-08b5d1f7c3e9a2640', elasticIp: '34.198.77.20' },
  prod: { allocation: 'eipalloc-01d7f3b9e5c8a2640', elasticIp: '34.206.19.141' },
} as const;

/** What launches in the pretend account need. */
export const seededAccount = {
  region: 'us-east-1',
  zone: 'us-east-1c',
  subnet: 'subnet-0995f6a466849f4c3',
  vpc: 'vpc-0af21d6f2b1c7e385',
  keyPair: 'Ansible Key',
  account: '125523088429',
  securityGroups: {
    frontend: { id: 'sg-02c5e8d1b7f3a9460', name: 'copr-frontend-sg' },
    backend: { id: 'sg-0d9b3e7c5f1a82460', name: 'copr-backend-sg' },
    distgit: { id: 'sg-0a1c9f5e3d7b84260', name: 'copr-distgit-sg' },
    keygen: { id: 'sg-06e2b8d4f9c1a7350', name: 'copr-keygen-sg' },
  },
  oldImage: 'ami-0746fc234df9c1ee0',
} as const;

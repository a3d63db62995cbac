// The fields of CloudNativePG's resources that deploy/kubernetes uses, as its reference describes them.
interface Metadata {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
}

interface PluginReference {
  name: 'barman-cloud.cloudnative-pg.io';
  isWALArchiver?: boolean;
  parameters?: { barmanObjectName: string; serverName?: string };
}

interface SecretKey {
  name: string;
  key: string;
}

export interface ICluster {
  apiVersion: 'postgresql.cnpg.io/v1';
  kind: 'Cluster';
  metadata: Metadata;
  spec: {
    instances: number;
    imageName: string;
    primaryUpdateStrategy?: 'unsupervised' | 'supervised';
    primaryUpdateMethod?: 'restart' | 'switchover';
    bootstrap:
      | { initdb: { database: string; owner: string } }
      | { recovery: { source: string; database: string; owner: string; recoveryTarget?: { targetTime: string } } };
    externalClusters?: { name: string; plugin: PluginReference }[];
    postgresql: {
      synchronous: { method: 'any' | 'first'; number: number; dataDurability: 'required' | 'preferred' };
      parameters: Record<string, string>;
    };
    resources: { requests: Record<'cpu' | 'memory', string>; limits: { memory: string } };
    storage: { size: string; storageClass?: string };
    walStorage: { size: string; storageClass?: string };
    affinity: { enablePodAntiAffinity: boolean; topologyKey: string; podAntiAffinityType: 'preferred' | 'required' };
    plugins?: PluginReference[];
  };
}

export interface IObjectStore {
  apiVersion: 'barmancloud.cnpg.io/v1';
  kind: 'ObjectStore';
  metadata: Metadata;
  spec: {
    retentionPolicy: string;
    configuration: {
      destinationPath: string;
      endpointURL?: string;
      s3Credentials: { accessKeyId: SecretKey; secretAccessKey: SecretKey };
      wal?: { compression?: 'gzip' | 'zstd' | 'lz4'; maxParallel?: number };
      data?: { compression?: 'gzip' | 'bzip2' | 'snappy' };
    };
  };
}

export interface IScheduledBackup {
  apiVersion: 'postgresql.cnpg.io/v1';
  kind: 'ScheduledBackup';
  metadata: Metadata;
  spec: {
    /** Six fields: seconds come first. */
    schedule: string;
    immediate?: boolean;
    backupOwnerReference?: 'none' | 'self' | 'cluster';
    cluster: { name: string };
    method: 'plugin';
    pluginConfiguration: PluginReference;
  };
}

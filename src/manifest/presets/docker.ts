import { isMap } from '../text/data.ts';
import type { Answer, Preset } from './preset.ts';

/**
 * Image registries, for programs that read them without an engine (skopeo, crane). No engine runs in a bottle, and the
 * engine outside pulls `image:`. Includes only mirrors and registries of the engine's configuration: the engine does
 * not print the hosts of its default registry.
 */
export const DOCKER: Preset = {
  program: 'docker',
  variables: ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'],
  read: async (ask) => dockerAnswer(await ask(['docker', 'info', '--format', '{{json .RegistryConfig}}'])),
  projectFiles: [],
  // Only by digest: https://distribution.github.io/distribution/spec/api/.
  paths: ['/v2/', '/v2/**/manifests/sha256:*', '/v2/**/blobs/sha256:*'],
};

/**
 * Parses the output of `docker info --format '{{json .RegistryConfig}}'`. Pure.
 * @throws Error if it names no registry
 */
export function dockerAnswer(output: string): Answer {
  const { IndexConfigs: indexes } = JSON.parse(output) as { readonly IndexConfigs?: unknown };
  const urls = Object.entries(isMap(indexes) ? indexes : {}).flatMap(([name, index]) => {
    if (!isMap(index)) return [];
    const mirrors = Array.isArray(index['Mirrors'])
      ? index['Mirrors'].filter((one) => typeof one === 'string')
      : [];
    return index['Official'] === true ? mirrors : [`https://${name}/`, ...mirrors];
  });
  if (urls.length === 0) throw new Error('docker is configured with no mirror and no registry of its own');
  return { urls };
}

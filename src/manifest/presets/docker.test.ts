import { expect, test } from 'vitest';
import { DOCKER, dockerAnswer } from './docker.ts';

const said = (indexes: object): string => JSON.stringify({ IndexConfigs: indexes });

test('the preset docker opens mirrors and registries of the configuration, for images by digest', () => {
  const { urls } = dockerAnswer(
    said({
      'hub.example': { Official: true, Mirrors: ['https://mirror.corp.example/'] },
      'registry.corp.example:5000': { Official: false, Mirrors: null },
    }),
  );
  expect(urls).toEqual(['https://mirror.corp.example/', 'https://registry.corp.example:5000/']);
  expect(DOCKER.paths).toContain('/v2/**/blobs/sha256:*');
});

test('the preset docker fails where nothing is configured', () => {
  expect(() => dockerAnswer(said({ 'hub.example': { Official: true, Mirrors: [] } }))).toThrow('no mirror');
});

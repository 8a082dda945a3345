import type { PresetName } from '../schema/rule-schema.ts';
import { CARGO } from './cargo.ts';
import { COMPOSER } from './composer.ts';
import { DENO } from './deno.ts';
import { DOCKER } from './docker.ts';
import { GRADLE } from './gradle.ts';
import { HEX } from './hex.ts';
import { NUGET } from './nuget.ts';
import { GO } from './go.ts';
import { MAVEN } from './maven.ts';
import { NPM } from './npm.ts';
import { PIP } from './pip.ts';
import type { Preset } from './preset.ts';
import { GEM } from './gem.ts';
import { APK, APT } from './system.ts';

/** The package clients with a preset. To add one, add a record here and a name in rule-schema.ts. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  npm: NPM,
  pip: PIP,
  go: GO,
  cargo: CARGO,
  maven: MAVEN,
  gradle: GRADLE,
  gem: GEM,
  nuget: NUGET,
  composer: COMPOSER,
  hex: HEX,
  deno: DENO,
  docker: DOCKER,
  apt: APT,
  debian: APT,
  alpine: APK,
};

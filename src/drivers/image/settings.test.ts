import { describe, expect, it } from 'vitest';
import { expectOwnKind, settingsOf } from './settings.ts';

const image = { Id: 'sha256:1' };

describe('settings of an image', () => {
  it("an image's settings are its variables and its volumes", () => {
    const Config = { Env: ['PATH=/opt/bin:/bin', 'EMPTY=', 'A=b=c\nd'], Volumes: { '/data': {} } };
    expect(settingsOf({ ...image, Config })).toEqual({
      env: { PATH: '/opt/bin:/bin', EMPTY: '', A: 'b=c\nd' },
      volumes: ['/data'],
    });
  });

  it('an image without settings has none, and a variable may have no value', () => {
    const nothing = { env: {}, volumes: [] };
    expect(settingsOf(image)).toEqual(nothing);
    expect(settingsOf({ ...image, Config: null })).toEqual(nothing);
    expect(settingsOf({ ...image, Config: { Env: null, Volumes: null } })).toEqual(nothing);
    expect(settingsOf({ ...image, Config: { Env: ['UNSET', '=x'] } })).toEqual(nothing);
  });
});

describe('images for another platform', () => {
  const own = process.arch === 'arm64' ? 'arm64' : 'amd64';

  it('an image for another platform is refused in words', () => {
    expect(() => expectOwnKind({ ...image, Os: 'linux', Architecture: 's390x' }, 'a:1')).toThrow(
      'the image a:1 is for linux on s390x',
    );
    expect(() => expectOwnKind({ ...image, Os: 'windows', Architecture: own }, 'a:1')).toThrow('windows');
  });

  it('an image for this host, or without a platform, is accepted', () => {
    for (const said of [{ Os: 'linux', Architecture: own }, {}, { Os: '', Architecture: '' }])
      expect(() => expectOwnKind({ ...image, ...said }, 'a:1')).not.toThrow();
  });
});

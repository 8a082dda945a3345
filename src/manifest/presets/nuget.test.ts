import { expect, test } from 'vitest';
import { nugetAnswer } from './nuget.ts';

/** Format: https://learn.microsoft.com/dotnet/core/tools/dotnet-nuget-list-source. */
const SAID = [
  'E https://nuget.example/v3/index.json',
  'EM https://me:s3cret@corp.example/nuget/a&b?sig=s3cret',
  'D https://off.example/v3/index.json',
  'E /srv/packages',
  '',
].join('\n');

test('the preset nuget opens the sources that are switched on', () => {
  expect(nugetAnswer(SAID).urls).toEqual([
    'https://nuget.example/v3/index.json',
    'https://me:s3cret@corp.example/nuget/a&b?sig=s3cret',
  ]);
});

test('NuGet in a bottle asks these sources alone, without logins', () => {
  const { homeFiles } = nugetAnswer(SAID).settings?.({ host: '127.0.0.1', port: 1 }) ?? {};
  const file = homeFiles?.['.nuget/NuGet/NuGet.Config'] ?? '';
  expect(file).toContain(
    '<clear /><add key="source0" value="https://nuget.example/v3/index.json" protocolVersion="3" />' +
      '<add key="source1" value="https://corp.example/nuget/a&#38;b" /></packageSources>',
  );
});

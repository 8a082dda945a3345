import { withoutLogin, xmlText, type Answer, type Preset } from './preset.ts';

/** NuGet: the enabled sources. */
export const NUGET: Preset = {
  program: 'dotnet',
  variables: ['DOTNET_ROOT', 'DOTNET_CLI_HOME', 'XDG_CONFIG_HOME'],
  read: async (ask) =>
    nugetAnswer(
      await ask(['dotnet', 'nuget', 'list', 'source', '--format', 'Short'], {
        env: { DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' },
      }),
    ),
  projectFiles: ['*.csproj', '*.fsproj', '*.vbproj', '*.sln', '*.slnx'],
};

/**
 * Parses the output of `dotnet nuget list source --format Short`: `E` marks an enabled source, `EM` one of the machine,
 * `D` a disabled one. Pure.
 */
export function nugetAnswer(output: string): Answer {
  const urls = [...output.matchAll(/^EM? (https?:\/\/\S+)$/gm)].map(([, url = '']) => url);
  const added = urls
    .flatMap(withoutLogin)
    .map((url, index) => `<add key="source${index}" value="${xmlText(url)}"${protocolOf(url)} />`);
  return {
    urls,
    settings: () => ({
      homeFiles: {
        '.nuget/NuGet/NuGet.Config': `<?xml version="1.0" encoding="utf-8"?>
<configuration><packageSources><clear />${added.join('')}</packageSources></configuration>
`,
      },
    }),
  };
}

/** Distinguishes the protocol versions as NuGet itself does. */
const protocolOf = (url: string): string => (url.endsWith('.json') ? ' protocolVersion="3"' : '');

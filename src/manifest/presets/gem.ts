import { withoutLogin, type Answer, type Preset } from './preset.ts';

/** RubyGems and Bundler. */

/**
 * Prints the sources and the index that RubyGems requests for each. No command shows the index, so the script stops
 * RubyGems at the request.
 */
const SCRIPT = `
require "rubygems/remote_fetcher"
fetcher = Object.new
def fetcher.fetch_path(uri, *)
  throw :asked, uri.to_s
end
Gem::RemoteFetcher.instance_variable_set(:@fetcher, fetcher)
Gem.sources.each do |source|
  uri = source.respond_to?(:uri) ? source.uri.to_s : source.to_s
  puts "source #{uri}"
  puts "index #{catch(:asked) { Gem::Source.new(uri).dependency_resolver_set; uri }}"
end
`;

export const GEM: Preset = {
  program: 'ruby',
  variables: ['GEMRC', 'BUNDLE_USER_HOME', 'BUNDLE_USER_CONFIG', 'XDG_CONFIG_HOME'],
  read: async (ask) => {
    const [sources, bundler] = await Promise.all([
      ask(['ruby', '-e', SCRIPT]),
      ask(['ruby', '-S', 'bundle', 'config', 'list', '--parseable']),
    ]);
    return gemAnswer(sources, bundler);
  },
  projectFiles: ['Gemfile', '*.gemspec'],
};

/** Parses the output of the script and of `bundle config list --parseable`. Pure. */
export function gemAnswer(sources: string, bundler: string): Answer {
  const lines = sources.split('\n');
  const after = (word: string): readonly string[] =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const mirrors = [...bundler.matchAll(/^mirror\.(\S+?)=(\S+)$/gm)].flatMap(([, of = '', url = '']) =>
    // `all`, or the source that the mirror replaces.
    (of === 'all' ? [of] : withoutLogin(of)).flatMap((place) =>
      URL.canParse(url) ? [{ of: place, url }] : [],
    ),
  );
  const own = after('source').flatMap(withoutLogin);
  const config = mirrors.map(
    ({ of, url }) => `${bundlerKey(`mirror.${of}`)}: ${JSON.stringify(withoutLogin(url)[0])}`,
  );
  return {
    urls: [...after('source'), ...after('index'), ...mirrors.map(({ url }) => url)],
    settings: () => ({
      homeFiles: {
        '.gemrc': ['---', ':sources:', ...own.map((url) => `- ${JSON.stringify(url)}`), ''].join('\n'),
        ...(config.length === 0 ? {} : { '.bundle/config': ['---', ...config, ''].join('\n') }),
      },
    }),
  };
}

/** Formats a configuration key as Bundler does (Bundler::Settings#key_for). */
const bundlerKey = (key: string): string =>
  `BUNDLE_${key.replaceAll('.', '__').replaceAll('-', '___').toUpperCase()}`;

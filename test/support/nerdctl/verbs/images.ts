import { Failure, notImitated } from '../failure.ts';
import { listImages, ownArchitecture } from '../store/images.ts';
import { familiarName, parseReference } from '../store/references.ts';
import { timeText } from '../containerd/client.ts';
import { connected, say, type Call } from './context.ts';
import { lineOf } from './format.ts';

/** `nerdctl images` (pkg/cmd/image/list.go), as far as names go. */
export async function images(call: Call): Promise<number> {
  const { flags } = call;
  if (flags.rest.length > 0 || flags.changed('filter')) throw notImitated('images of a name or by a filter');
  const format = flags.text('format');
  const records = await connected(call, async (connection) => await listImages(connection));
  for (const { name, target, createdAt } of records) {
    const reference = parseReference(name);
    const id = target.digest.replace(/^sha256:/, '');
    const line = {
      CreatedAt: timeText(createdAt),
      Digest: target.digest,
      ID: flags.is('no-trunc') ? target.digest : id.slice(0, 12),
      Repository: familiarName(reference),
      Tag: reference.tag,
      Name: name,
      Platform: `linux/${ownArchitecture()}`,
    };
    if (flags.is('quiet')) say(line.ID);
    else
      say(
        format === '' || format === 'table'
          ? `${line.Repository}    ${line.Tag}    ${line.ID}`
          : lineOf(format, line),
      );
  }
  return 0;
}

/** `nerdctl build` where there is no BuildKit (pkg/buildkitutil). */
export async function build(): Promise<number> {
  return await Promise.reject(
    new Failure(
      '`buildctl` needs to be installed and `buildkitd` needs to be running, see https://github.com/moby/buildkit: exec: "buildctl": executable file not found in $PATH',
    ),
  );
}

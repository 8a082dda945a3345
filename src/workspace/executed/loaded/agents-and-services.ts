import { rows } from './row.ts';

/** Files of a project that agents, CI services, and build or hosting services load. */
export const AGENTS_AND_SERVICES = [
  ...rows(
    'agents on your host obey it',
    `
    .claude/ claude.md claude.local.md | Claude Code documentation, "Settings", "Memory"
    .mcp.json mcp.json | Model Context Protocol: configuration of clients
    .codex/ agents.md agents.override.md .agents/ | Codex documentation; agents.md
    .gemini/ gemini.md .qwen/ qwen.md | Gemini CLI, Qwen Code: configuration
    .cursor/ .cursorrules .cursorignore .windsurf/ .windsurfrules | Cursor "Rules", Windsurf "Memories & Rules"
    .aider* .continue/ .roo/ .roomodes .roorules* .clinerules/ .kiro/ .opencode/ opencode.json* | aider, Continue, Roo, Cline, Kiro, opencode
    .github/copilot-instructions.md .github/instructions/ .github/prompts/ .github/chatmodes/ .github/agents/ .github/hooks/ | GitHub Copilot
    .goosehints .goose/ .junie/ .amazonq/ .augment/ .augment-guidelines .kilocode/ .kilocodemodes .trae/ .factory/ | each agent's "rules"
    .crush/ .crush.json crush.json crush.md warp.md .rules .openhands/ | Crush, Warp, Zed, OpenHands documentation
    skill.md | Agent Skills specification
    `,
  ),
  ...rows(
    'your CI runs it',
    `
    .github/workflows/ .github/actions/ action.yml action.yaml .github/dependabot.yml | GitHub Actions, Dependabot documentation
    .gitlab-ci.yml *.gitlab-ci.yml .gitlab/ | GitLab CI/CD YAML reference
    .circleci/ .travis.yml .cirrus.yml .cirrus.star .semaphore/ .codeship* codeship-*.yml | CircleCI, Travis, Cirrus, Semaphore, CodeShip
    jenkinsfile* .jenkins/ *.jenkinsfile .jenkinsx/ jenkins-x*.yml | Jenkins handbook, "Using a Jenkinsfile"
    azure-pipelines*.yml azure-pipelines*.yaml .azure-pipelines/ .azuredevops/ .vsts-ci.yml | Azure Pipelines YAML schema
    bitbucket-pipelines.yml bamboo-specs/ | Bitbucket Pipelines, Bamboo Specs documentation
    .buildkite/ buildkite.y*ml .drone.* .woodpecker.y*ml .woodpecker/ .forgejo/ .gitea/ | Buildkite, Drone, Woodpecker, Forgejo, Gitea
    .teamcity/ appveyor.yml .appveyor.yml wercker.yml shippable.yml .shippable.yml bitrise.yml codemagic.yaml | TeamCity, AppVeyor, others
    cloudbuild.y*ml cloudbuild.json buildspec*.y*ml appspec.y*ml amplify.y*ml | Cloud Build, CodeBuild, CodeDeploy, Amplify reference
    .ci/ .readthedocs.y*ml .tekton/ .builds/ .build.yml .zuul.yaml .zuul.d/ zuul.yaml zuul.d/ .taskcluster.yml | Read the Docs, Tekton, others
    .packit.y*ml .copr/ .evergreen.yml evergreen.yml .harness/ .spacelift/ .mergify.yml renovate.json* .renovaterc* | each service's reference
    .concourse/ .earthly/ earthfile .dagger/ dagger.json .sourcehut/ .lgtm.yml .codeclimate.yml sonar-project.properties | each reference
    .probot.yml codeowners .pre-commit-ci.yaml .scrutinizer.yml .styleci.yml .hound.yml .codacy.y*ml | each service's reference
    `,
  ),
  ...rows(
    'a service that builds or hosts the project runs it',
    `
    netlify.toml vercel.json now.json wrangler.toml wrangler.json* fly.toml render.yaml railway.json railway.toml | "build.command" of each
    firebase.json app.yaml serverless.y*ml serverless.ts samconfig.toml template.yaml heroku.yml app.json nixpacks.toml | hooks of each
    procfile* .ebextensions/ .platform/ .platform.app.yaml .upsun/ project.toml .deployment | Heroku, Elastic Beanstalk, Platform.sh, others
    `,
  ),
  ...rows(
    'containers of your host are made from it',
    `
    compose*.y*ml docker-compose*.y*ml | Compose specification
    dockerfile* *.dockerfile containerfile* .dockerignore docker-bake.hcl docker-bake.json | Dockerfile reference, buildx bake
    skaffold.y*ml tiltfile helmfile.y*ml kustomization.y*ml chart.yaml devspace.yaml okteto.y*ml garden.y*ml | each tool's reference
    *.container *.kube *.pod quadlet/ | podman-systemd.unit(5)
    ansible.cfg vagrantfile packer.json *.pkr.hcl terragrunt.hcl .terraform/ *.tfrc terraform.rc pulumi*.yaml | Ansible: a known risk; others
    `,
  ),
  ...rows(
    'it says what bot-bottle grants',
    'bot-bottle.yaml bot-bottle.yml .bot-bottle/ .worktreeinclude | docs/MANIFEST.md',
  ),
];

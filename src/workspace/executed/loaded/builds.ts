import { rows } from './row.ts';

/** Files that package managers, builds and tests load from a folder. */
export const BUILDS = [
  ...rows(
    'your package manager acts on it',
    `
    .npmrc npm-shrinkwrap.json package-lock.json | npmrc(5), package-lock.json(5): "resolved" names where code comes from
    .yarnrc .yarnrc.yml .yarn/ yarn.lock .pnp.* | Yarn: "yarnPath", "plugins"
    .pnpmfile.* pnpmfile.* pnpm-workspace.yaml pnpm-lock.yaml .pnpmrc | pnpm documentation, ".pnpmfile.cjs"
    bunfig.toml bun.lock bun.lockb package.yaml package.json5 | Bun "preload"; pnpm: package.yaml
    pip.conf pip.ini requirements*.txt requirements*.in constraints*.txt requirements/*.txt | pip: configuration, requirements file format
    pipfile pipfile.lock poetry.lock poetry.toml uv.lock uv.toml pdm.lock pdm.toml pixi.toml pixi.lock environment.y*ml | pipenv, Poetry, uv
    .cargo/ cargo.lock | The Cargo Book, "Configuration"
    gradle.properties gradle-wrapper.properties gradle-wrapper.jar gradle.lockfile libs.versions.toml .mvn/ | Gradle, Maven: wrapper, "jvm.config"
    binding.gyp *.gyp *.gypi | node-gyp: run by npm install
    composer.json composer.lock | Composer: "scripts"
    *.gemspec podfile podfile.lock *.podspec cartfile* brewfile | Bundler, CocoaPods, Carthage, Homebrew Bundle
    go.mod go.sum go.work vendor/modules.txt | Go modules reference: "replace", "toolchain"
    nuget.config packages.config packages.lock.json paket.dependencies | NuGet: sources, install scripts
    pubspec.yaml pubspec.lock mix.lock rebar.lock stack.yaml* *.cabal cabal.project* package.yaml | Dart, Mix, Rebar, Stack, Cabal
    cpanfile* conanfile.* vcpkg.json vcpkg-configuration.json conda.y*ml meta.yaml meson_options.txt *.wrap | cpanm, Conan, vcpkg, conda-build
    `,
  ),
  ...rows(
    'it runs when you build or test',
    `
    makefile makefile.am makefile.in makefile.inc makefile.win gnumakefile *.mk *.mak makevars* | GNU make manual, "What Name to Give Your Makefile"
    justfile .justfile *.just taskfile.y*ml taskfile.*.y*ml magefile.go mage.go | just manual; Task "Supported file names"; Mage
    rakefile* *.rake thorfile *.thor capfile guardfile dangerfile* fastfile appraisals config.ru | Rake, Thor, Capistrano, Guard, Danger, Rack
    gradlew gradlew.bat mvnw mvnw.cmd pom.xml *.sbt build.xml build.sc build.mill project/build.properties project/*.scala | each manual
    build.rs rust-toolchain rust-toolchain.toml | The Cargo Book, "Build Scripts"; rustup book, "Overrides"
    setup.py setup.cfg pyproject.toml hatch_build.py versioneer.py | Setuptools, PEP 517, Hatch
    conftest.py pytest.ini .pytest.ini tox.ini .coveragerc noxfile.py /dodo.py fabfile.py /tasks.py unittest.cfg | pytest, tox, Nox, doit, Fabric
    wscript sconstruct sconscript snakefile *.smk conf.py | waf, SCons, Snakemake, Sphinx: Python code
    procfile flake.nix flake.lock shell.nix default.nix devenv.nix devenv.yaml *.nix guix.scm manifest.scm channels.scm devbox.json | Nix, Guix
    vite.config.* vitest.config.* vitest.workspace.* webpack.config.* rollup.config.* rspack.config.* esbuild.config.* tsup.config.* | each tool
    babel.config.* .babelrc* .swcrc .browserslistrc jest.config.* jest.setup.* .mocharc* mocha.opts karma.conf.* .taprc | each tool
    playwright.config.* cypress.config.* cypress.json wdio.conf.* nightwatch.conf.* protractor.conf.* codecept.conf.* | each tool
    gruntfile.* gulpfile.* gulpfile.*/ jakefile* knexfile.* brocfile.* ember-cli-build.js gatsby-node.* gatsby-config.* gatsby-ssr.* gatsby-browser.* .nycrc* ava.config.* | each tool
    next.config.* nuxt.config.* svelte.config.* astro.config.* angular.json nx.json turbo.json lerna.json rush.json project.json | each tool
    deno.json deno.jsonc deno.lock import_map.json tsdown.config.* nodemon.json pm2.json ecosystem.config.* .swrc | Deno "tasks", nodemon
    tools/bazel workspace workspace.bazel workspace.bzlmod module.bazel module.bazel.lock build.bazel build *.bzl .bazelrc .bazelversion | Bazel
    buck targets .buckconfig* pants.toml buildroot .gn *.gn *.gni .plzconfig | Buck, Pants, GN, Please
    mix.exs rebar.config* build.zig build.zig.zon dune dune-project dune-workspace *.opam setup.hs setup.lhs | each tool's manual
    meson.build configure configure.ac configure.in *.m4 *.am *.ac autogen.sh bootstrap.sh premake*.lua xmake.lua | Meson, Autoconf, Premake
    project.clj deps.edn bb.edn shadow-cljs.edn build.boot build.clj *.nimble *.nims nim.cfg *.rockspec dub.json dub.sdl shard.yml | each tool
    mkdocs.y*ml book.toml _config.yml _plugins/ hugo.toml hugo.y*ml config.toml antora*.yml docfx.json _quarto.yml | "hooks", "preprocessor"
    meta-inf/services/ | java.util.ServiceLoader: annotation processors run in javac
    phpunit.xml* phpunit.dist.xml behat.y*ml codeception*.y*ml artisan box.json | PHPUnit "bootstrap", Behat, Codeception
    build.pl makefile.pl dist.ini minil.toml | ExtUtils::MakeMaker, Module::Build, Dist::Zilla
    deps/build.jl artifacts.toml project.toml manifest.toml juliaproject.toml localpreferences.toml _targets.r | Julia Pkg, targets
    doxyfile* .ctags.d/ *.ctags .clang-tidy .clang-format | Doxygen: filters; ctags "option files"
    *.spec debian/ pkgbuild apkbuild *.ebuild snapcraft.yaml *.nuspec flatpak*.y*ml | RPM, Debian, Arch, Alpine, Gentoo, Snap, NuGet, Flatpak: build recipes
    buildsrc/ ivy.xml user.clj melos.yaml build.yaml analysis_options.yaml elm.json spago.dhall gleam.toml v.mod | Gradle, Ivy, Clojure, Dart, others
    alembic.ini alembic/env.py migrations/env.py locustfile.py scrapy.cfg airflow.cfg dbt_project.yml dvc.yaml mlproject | each manual
    platformio.ini west.yml kconfig kconfig.* sdkconfig* | PlatformIO "extra_scripts", West, Kconfig macros: $(shell,...)
    foundry.toml truffle-config.js anchor.toml brownie-config.y*ml ape-config.y*ml | "ffi", hooks and networks of each
    spec_helper.rb rails_helper.rb test_helper.exs bootstrap.php manifest.in | RSpec, ExUnit, PHPUnit: loaded before every test
    web.config app.config logback*.xml log4j2*.xml log4j.properties | .NET, Logback, Log4j: classes that they name are loaded
    `,
  ),
];

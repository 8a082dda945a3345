/**
 * Classifies files by the extension of their names if no known tool loads them: data for the classes of
 * `host-executed.ts`.
 */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * Extensions of source code, text, pictures and data: never configuration, wherever the file lies. Source: the
 * languages of GitHub Linguist (`languages.yml`), types "programming", "markup" and "prose", and the media types of
 * IANA's registry.
 */
export const PLAIN_ENDS = words(`
  ts tsx mts cts js jsx mjs cjs vue svelte astro coffee elm
  py pyi pyx ipynb rb erb php pl pm t lua tcl r rmd jl m
  c h cc cpp cxx hh hpp hxx inl cu cuh mm swift rs go zig nim d v sv vhd vhdl asm s ld
  java kt kts scala groovy clj cljs cljc cs fs fsx vb dart ex exs erl hrl hs lhs ml mli f f90 f95 for ada adb ads pas cob
  el lisp scm rkt hcl tf sol move cairo wgsl glsl hlsl vert frag comp metal
  html htm xhtml css scss sass less styl pug hbs mustache ejs liquid njk j2 jinja jinja2 twig tmpl tpl
  md mdx markdown rst adoc asciidoc txt tex bib org pod man 1 2 3 4 5 6 7 8
  csv tsv psv jsonl ndjson sql graphql gql proto thrift avsc avdl parquet arrow geojson log diff patch po pot srt vtt
  svg png jpg jpeg gif webp avif ico bmp tif tiff psd heic mp3 mp4 wav ogg webm mov flac pdf
  woff woff2 ttf otf eot epub docx xlsx pptx odt ods
`);

/**
 * Names without an extension that are text for people. Source: GNU Coding Standards, and the files that forges display.
 */
export const PLAIN_NAMES = words(`
  readme license licence copying notice authors contributors maintainers changelog changes history news todo install version thanks
  credits security support governance copyright patents
`);

/** Dotfiles on which no tool acts, or which are judged by their content, or are empty. */
export const PLAIN_DOTFILES = words('.gitignore .gitkeep .keep .nojekyll');

/**
 * Folders in which people keep files that tools read. Source: the layouts of Rails (`config`, `bin`), Gradle, CMake,
 * npm's packages (`scripts`), githooks(5) and XDG (`etc`).
 */
export const FOLDERS_OF_TOOLS = words(`
  bin ci conf config configs configuration deploy deployment docker etc gradle cmake hooks infra jenkins k8s kubernetes helm ansible
  ops script scripts settings tasks tool tools
`);

/** Files whose folder tools start from, as they do from the project's top. Source: each package manager's manual. */
export const MARKS_OF_PACKAGES = words(`
  package.json deno.json pyproject.toml setup.py setup.cfg cargo.toml go.mod pom.xml build.gradle build.gradle.kts composer.json gemfile
  mix.exs pubspec.yaml package.swift cmakelists.txt makefile
`);

/**
 * Extensions of programs that run by name, with or without an executable bit. Source: sh(1), cmd.exe's PATHEXT, Desktop
 * Entry Specification.
 */
export const SCRIPT_ENDS = words(
  'sh bash zsh fish ksh csh ps1 psm1 psd1 bat cmd com exe msi scr vbs wsf command desktop workflow scpt applescript run appimage',
);

/**
 * Extensions of compiled code and saved objects, which interpreters load and nobody can read in a diff. Source: Python
 * `importlib.machinery`, Node "addons", ld.so(8), java(1), R `help(load)`, Python `pickle` ("Warning").
 */
export const COMPILED_ENDS = words(
  'so dylib dll node pyd pyc pyo whl egg jar war class wasm o a lib rdata rda rds pkl pickle elc gem nupkg beam',
);

import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

import svelteConfig from './svelte.config.js';

// Rooms from the lowest floor to the highest; rooms of one floor do not know each other.
const floors = [['wire'], ['graph'], ['ui', 'run'], ['panels', 'lessons']];

const noHtml = 'Text goes in as text nodes: HTML strings are how a nickname becomes a script.';

// What outlives the framework.
const plain = ['wire', 'graph'];

/** A room sees only the floors below its own. */
function lookDown(room, floor) {
  const hidden = floors
    .slice(floor)
    .flat()
    .filter((name) => name !== room);
  const patterns = [
    {
      regex: `^(\\.\\./)+((${hidden.join('|')})(/|$)|App\\.svelte$|main$)`,
      message: `${room} only looks down.`,
    },
  ];
  if (plain.includes(room)) {
    patterns.push({ regex: '^svelte(/|$)', message: `${room} knows no framework.` });
  }
  return {
    files: [`src/${room}/**`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

const rooms = floors.flatMap((names, floor) => names.map((room) => lookDown(room, floor)));

export default ts.config(
  { ignores: ['src/wire/schema.ts', 'node_modules/'] },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  ts.configs.stylisticTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: {
        projectService: { allowDefaultProject: ['*.config.js'] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      complexity: ['error', 10],
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60 }],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-eval': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML|srcdoc)$/]',
          message: noHtml,
        },
        { selector: 'NewExpression[callee.name="Function"]', message: 'No code from strings.' },
      ],
      'svelte/no-at-html-tags': 'error',
      // Without lang="ts" a component's props are `any` to its users.
      'svelte/block-lang': ['error', { script: ['ts'], enforceScriptPresent: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    // describe() holds many tests; each of them is a function of its own.
    files: ['src/**/*.test.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['*.config.js', '*.config.ts'],
    ...ts.configs.disableTypeChecked,
    languageOptions: { globals: { ...globals.node } },
  },
  rooms,
);

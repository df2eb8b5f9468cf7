/** The playground: drag things in a photo, on one screen. */

import { render } from 'preact'
import { App } from './app.tsx'

const root = document.getElementById('app')
if (root === null) throw new Error('the page has no #app')
render(<App />, root)

/** OpenAPI links: what can be asked next about something that a response made. */

type Method = 'get' | 'post' | 'delete'

/** A call whose path has the `id` of the response. */
export function linkTo(method: Method, path: string, description: string) {
  return { ...operation(method, path), description, parameters: { id: '$response.body#/id' } }
}

/** A `POST` whose body names the response's `id`. */
export function linkInto(path: string, description: string, body: object) {
  return { ...operation('post', path), description, requestBody: body }
}

/** The calls about an edit. */
export const editLinks = {
  getEdit: linkTo('get', '/v1/edits/{id}', 'The edit in its current state'),
  followEdit: linkTo('get', '/v1/edits/{id}/events', 'Its events, until it is over'),
  getResult: linkTo('get', '/v1/edits/{id}/result', 'The edited photo, once it is there'),
  cancelEdit: linkTo('post', '/v1/edits/{id}/cancel', 'Cancels it'),
  deleteEdit: linkTo('delete', '/v1/edits/{id}', 'Deletes it with all that came with it'),
}

/** A JSON pointer into the document; a slash within a name is written as `~1`. */
function operation(method: Method, path: string) {
  return { operationRef: `#/paths/${path.replaceAll('/', '~1')}/${method}` }
}

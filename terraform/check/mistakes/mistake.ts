/** What is planted, the file, a text in it and what it becomes, where it is told (a text of the file) and what. */
export type Mistake = [what: string, file: string, text: string, by: string, at: string, message: string];

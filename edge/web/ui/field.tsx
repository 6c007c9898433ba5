import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

export interface FieldProps {
  label: string;
  hint?: string;
  name: string;
  type?: 'text' | 'email' | 'password';
  autocomplete: string;
  testId: string;
  /** What stands in it at first. */
  value?: string;
}

export function Field({
  label,
  hint,
  name,
  type = 'text',
  autocomplete,
  testId,
  value,
}: FieldProps): JSX.Element {
  const id = useId();
  const input = {
    id,
    class: 'input',
    name,
    autocomplete,
    required: true,
    'data-testid': testId,
    defaultValue: value,
  };
  return (
    <div class="field">
      <label for={id}>
        {label}
        {hint && <span class="field-hint">{hint}</span>}
      </label>
      {type === 'password' && <input {...input} type="password" />}
      {type === 'email' && <input {...input} type="email" />}
      {type === 'text' && <input {...input} type="text" />}
    </div>
  );
}

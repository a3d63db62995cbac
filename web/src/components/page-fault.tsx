// The last catch: a fault of the page itself is shown with a way out, instead of an empty page.
import { Alert, Button, Container, Text } from '@mantine/core';
import { Component } from 'react';
import type { ReactNode } from 'react';
import i18next from 'i18next';

interface Props {
  readonly children: ReactNode;
  /** Another value begins anew, as another address does. */
  readonly resetKey?: string;
}

interface State {
  readonly fault: Error | null;
  readonly resetKey: string | undefined;
}

export class PageFault extends Component<Props, State> {
  override state: State = { fault: null, resetKey: this.props.resetKey };

  static getDerivedStateFromError(fault: Error): Partial<State> {
    return { fault };
  }

  static getDerivedStateFromProps({ resetKey }: Props, state: State): Partial<State> | null {
    return resetKey === state.resetKey ? null : { fault: null, resetKey };
  }

  override render(): ReactNode {
    const { fault } = this.state;
    if (fault === null) return this.props.children;
    return (
      <Container py="xl">
        <Alert role="alert" color="red" variant="outline" title={i18next.t('fault.title')}>
          <Text size="sm">{i18next.t('fault.page', { message: fault.message })}</Text>
          <Button mt="sm" size="xs" variant="default" onClick={() => location.reload()}>
            {i18next.t('fault.reload')}
          </Button>
        </Alert>
      </Container>
    );
  }
}

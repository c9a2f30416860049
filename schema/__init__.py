"""Words and shapes: values, tables, migrations, wire models. Nothing here acts."""

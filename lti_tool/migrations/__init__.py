"""The tables, step by step; applied by `lti_tool.schema.upgrade`."""

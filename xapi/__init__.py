"""The statements, the store and the LRS: knows nothing of LTI or of lti_tool."""

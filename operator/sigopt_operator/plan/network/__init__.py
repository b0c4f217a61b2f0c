"""The one CloudFormation stack: network and roles, made, compared and mended."""

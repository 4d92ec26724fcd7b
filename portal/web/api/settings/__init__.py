"""The settings of the deployment: those of the environment to be read, those in the database to be changed."""

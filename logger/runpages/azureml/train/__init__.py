"""What ``azureml.train`` had: the first place of the widget."""

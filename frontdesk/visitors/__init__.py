"""What a visitor's browser talks to: the API of the widget and the widget's files."""

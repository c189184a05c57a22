"""The jobs as a good Python programmer writes them with our log and store directly."""

# SPDX-License-Identifier: GPL-2.0-or-later
# Recipes: text into an image of a dump, and into what a right reader must find in it. mkdump --help describes the
# language.
package Mk;
use strict;
use warnings;
no warnings 'portable';
use Digest::MD5 qw(md5_hex);
use Mk::Bytes qw(number is_content);
use Mk::Elf;
use Mk::Kdump;
use Mk::Lkcd;
use Mk::Plain;

my %builders = (lkcd => \&Mk::Lkcd::build, elf => \&Mk::Elf::build, kdump => \&Mk::Kdump::build,
	lime => \&Mk::Plain::lime, raw => \&Mk::Plain::raw);

my %escapes = (n => "\n", 0 => "\0");

# The words of each command of a line: ; stands between commands, "..." holds anything, with \n, \0 and \xNN; # starts a
# comment.
sub commands_of {
	my ($line) = @_;
	my @commands = ([]);
	while ($line =~ /\G\s*(?:(#.*)|(;)|((?:"(?:[^"\\]++|\\.)*"|[^\s";]++)+))/gc) {
		my ($separator, $word) = ($2, $3);
		last if defined $1;
		push @commands, [] if defined $separator;
		next unless defined $word;
		$word =~ s{"((?:[^"\\]++|\\.)*)"}{
			my $text = $1;
			$text =~ s/\\(?:x([0-9a-fA-F]{2})|(.))/defined $1 ? chr hex $1 : $escapes{$2} \/\/ $2/ge;
			$text
		}ge;
		push @{ $commands[-1] }, $word;
	}
	die "unbalanced quotes\n" if $line =~ /\G\s*\S/gc;
	return grep { @$_ } @commands;
}

# key=value words and flags up to the first word that names a content.
sub keys_and_content {
	my %key;
	while (@_ && !is_content($_[0])) {
		my ($name, $value) = split /=/, shift, 2;
		$key{$name} = $value // 1;
	}
	return (\%key, [@_]);
}

sub add_page {
	my ($r, $address, @words) = @_;
	my $kind = shift @words;
	die "what is at \@$address?\n" unless defined $kind;
	my ($key, $content) = keys_and_content(@words);
	my $step = number($key->{pages} // 1) * $r->{page_size};
	my $count = number(delete $key->{count} // 1);
	for my $i (0 .. $count - 1) {
		my @content = @$content;
		$content[1] = number($content[1]) + $i * $step / $r->{page_size}
			if @content && $content[0] =~ /^(noise|words|runs)$/;
		push @{ $r->{items} },
			{ op => 'page', address => number($address) + $i * $step, kind => $kind, key => $key,
				content => \@content };
	}
	return;
}

my %lists = map { $_ => 1 } qw(note range eraseinfo);
my %after = map { $_ => 1 } qw(pad truncate patch); # done to the finished image

sub add_command {
	my ($r, $first, @words) = @_;
	my $set = $r->{set};
	if ($first =~ /^@(.+)/) {
		settle($r);
		add_page($r, $1, @words);
	} elsif ($first eq 'load') {
		settle($r);
		my ($address, $size, @rest) = @words;
		my ($key, $content) = keys_and_content(@rest);
		push @{ $r->{items} },
			{ op => 'load', address => number($address), size => number($size), key => $key,
				content => $content };
	} elsif ($first =~ /^(end|noend|s390end|bytes)$/) {
		settle($r);
		my ($key) = keys_and_content(@words);
		push @{ $r->{items} }, { op => $first, key => $key, words => \@words };
	} elsif ($after{$first}) {
		push @{ $r->{after} }, [ $first, @words ];
	} elsif ($first eq 'regs') {
		my $cpu = shift @words;
		%{ $set->{regs}[$cpu] } = (%{ $set->{regs}[$cpu] // {} },
			map { my ($k, $v) = split /=/; $k => number($v) } @words);
	} elsif ($lists{$first}) {
		push @{ $set->{$first} }, \@words;
	} else {
		$set->{$first} = \@words;
	}
	return;
}

# What later lines depend on.
sub settle {
	my ($r) = @_;
	return if $r->{settled}++;
	my $machine = $r->{uts_machine} = $r->word('uts.machine', $r->word('machine', 'x86_64'));
	$machine = 'i386' if $machine =~ /^i[3-6]86$/;
	$r->{machine} = $machine;
	$r->{e} = $r->word('endian', $machine =~ /^(ppc|ppc64|s390|s390x)$/ ? 'big' : 'little') eq 'big' ? '>' : '<';
	$r->{bits} = $r->value('bits', $machine =~ /^(i386|arm|ppc|s390|mips)$/ ? 32 : 64);
	$r->{page_size} = $r->value('page_size', 4096);
	return;
}

# What a key was set to; a default else.
sub word {
	my ($r, $key, $default) = @_;
	return exists $r->{set}{$key} ? $r->{set}{$key}[0] : $default;
}

sub value {
	my ($r, $key, $default) = @_;
	return exists $r->{set}{$key} ? number($r->{set}{$key}[0]) : $default;
}

sub label {
	my ($r, $name, $offset) = @_;
	$r->{labels}{$name} //= $offset + $r->value('at', 0);
	return;
}

# Pages that a right reader finds at an address; who comes first is right.
sub expect {
	my ($r, $address, $plain) = @_;
	for (my $at = 0; $at < length $plain; $at += $r->{page_size}) {
		$r->{expect}{ int(($address + $at) / $r->{page_size}) } //= md5_hex(substr $plain, $at,
			$r->{page_size});
	}
	return;
}

# "4096", "-16" from the end, "end+8", "@0x1000+12".
sub place {
	my ($r, $text, $size) = @_;
	return $size - number($1) if $text =~ /^-(.+)/;
	return number($text) if $text =~ /^\d/;
	my ($label, $sign, $more) = $text =~ /^(.+?)(?:([+-])(\w+))?$/;
	die "no '$label' in this image\n" unless exists $r->{labels}{$label};
	$more = defined $more ? number($more) : 0;
	return $r->{labels}{$label} + ($sign && $sign eq '-' ? -$more : $more);
}

sub finish {
	my ($r, $image) = @_;
	if (exists $r->{set}{at}) { # a device whose first pages were swap
		my $before = Mk::Bytes::content($r->value('at'), 4096, 'words', 77);
		Mk::Bytes::put(\$before, 4086, 'SWAPSPACE2') if length $before >= 4096;
		substr($image, 0, 0) = $before;
	}
	for (@{ $r->{after} // [] }) {
		my ($what, @words) = @$_;
		if ($what eq 'pad') {
			$image .= ($words[0] eq 'zero' ? "\0" : $words[0]) x number($words[1]);
		} elsif ($what eq 'truncate') {
			$image = substr $image, 0, place($r, $words[0], length $image);
		} else {
			Mk::Bytes::put(\$image, place($r, shift @words, length $image), pack 'H*', join '', @words);
		}
	}
	return $image;
}

# A recipe as text: { image, expect (frame => MD5 of the page), labels (name => offset), page_size }.
sub build {
	my ($text) = @_;
	my $r = bless { set => {}, items => [], expect => {}, labels => {} }, __PACKAGE__;
	my $number = 0;
	for my $line (split /\n/, $text) {
		$number++;
		eval {
			$r->add_command(@$_) for commands_of($line);
			1;
		} or die "line $number: $@";
	}
	settle($r);
	my $format = $r->word('format', 'lkcd');
	my $build = $builders{$format} or die "'$format' is no format\n";
	my $image = $build->($r);
	$image = Mk::Plain::flat($r, $image) if $r->word('wrap', '') eq 'flat';
	return { image => finish($r, $image), map { $_ => $r->{$_} } qw(expect labels page_size) };
}

# One line a page frame: its number and the MD5 of the page.
sub listing {
	my ($expect) = @_;
	return join '', map { sprintf "%x %s\n", $_, $expect->{$_} } sort { $a <=> $b } keys %$expect;
}

1;
